/** The fields that are kept in step, by Huma's names; `startDate`, `endDate` and `jobTitle` come from positions. */
export const supportedFields = [
  'email',
  'givenName',
  'familyName',
  'phone',
  'birthDate',
  'employmentId',
  'bankAccount',
  'gender',
  'homeAddress',
  'nationalId',
  'startDate',
  'endDate',
  'jobTitle',
] as const;

export type SupportedField = (typeof supportedFields)[number];
