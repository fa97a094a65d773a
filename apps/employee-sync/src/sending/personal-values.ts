import type { DecisionContext, Json, Lane } from '@huma-poweroffice/sync-rules';

const texts = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
};

/**
 * Every value of the person on either side, as far as the lane knows it: none of them may leave the service in a text of
 * PowerOffice's, which may repeat what it was sent or what it holds.
 */
export const personalValuesOf = (lane: Lane, { person }: Pick<DecisionContext, 'person'>): string[] => {
  const values = [
    ...Object.values(person?.values ?? {}),
    ...Object.values(lane.attempt?.values ?? {}).flatMap(({ huma, sent }) => [huma, sent]),
    ...Object.values(lane.fields).flatMap(({ base, shown }) => [base, shown]),
  ];
  return [...new Set(values.flatMap(texts))].filter((text) => text.trim() !== '');
};
