import type { Connection } from './connection.js';
import type { Edit } from './decisions.js';
import type { EditBody } from './requests.js';

/** What a connection is wanted to be, from what is said of it; what is not said stays as it is now. */
export const editOf = ({ settings: now }: Pick<Connection, 'settings'>, { name, group, settings }: EditBody): Edit => ({
  ...(name === undefined ? {} : { name }),
  ...(group === undefined ? {} : { group: group && { type: group.type, id: group.id } }),
  ...(settings === undefined
    ? {}
    : {
        settings: {
          createUsers: settings.createUsers ?? now.createUsers,
          sendPositions: settings.sendPositions ?? now.sendPositions,
          mail: {
            recipients: settings.mail?.recipients ?? now.mail.recipients,
            language: settings.mail?.language ?? now.mail.language,
          },
        },
      }),
});
