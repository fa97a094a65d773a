import type { HumaUserMessage } from '@huma-poweroffice/contracts';
import { HumaError } from './huma-error.js';
import type { User } from './model.js';

type Member = Pick<User, 'id' | 'organizationId' | 'profile'>;

const keysOf = ({ email, phone, employmentId }: HumaUserMessage): string[] =>
  Object.entries({ email: email.toLowerCase(), phone, employmentId }).flatMap(([name, value]) =>
    value ? [`${name}:${value}`] : [],
  );

const keysIn = ({ organizationId, profile }: Member): string[] =>
  profile === null ? [] : keysOf(profile).map((key) => `${organizationId}/${key}`);

/** Whose an email, a phone number or an employment ID is: each is unique in an organisation. */
export class UniqueValues {
  private readonly owners = new Map<string, string>();

  /** @throws HumaError when a value is another user's, or that of two of these */
  require(users: readonly Member[]): void {
    const wanted = new Map<string, string>();
    for (const user of users) {
      for (const key of keysIn(user)) {
        const owner = this.owners.get(key) ?? wanted.get(key) ?? user.id;
        const field = key.slice(key.indexOf('/') + 1, key.indexOf(':'));
        if (owner !== user.id)
          throw new HumaError(400, `${field}:not-unique`, `${field} is in use by another user`, [field]);
        wanted.set(key, user.id);
      }
    }
  }

  /** A user is another than before. */
  change(before: Member | undefined, after: Member): void {
    if (before) for (const key of keysIn(before)) if (this.owners.get(key) === before.id) this.owners.delete(key);
    for (const key of keysIn(after)) this.owners.set(key, after.id);
  }
}
