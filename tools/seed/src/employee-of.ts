import type { HumaUserMessage } from '@huma-poweroffice/contracts';

/**
 * The same person as PowerOffice's simulator takes one (`POST /control/clients/{id}/employees`), equal in every field;
 * `BankAccountNumber` becomes the salary account.
 */
export const employeeOf = (user: HumaUserMessage): Record<string, unknown> => ({
  FirstName: user.givenName,
  LastName: user.familyName,
  EmailAddress: user.email,
  PhoneNumber: user.phone,
  DateOfBirth: user.birthDate,
  Gender: user.gender,
  Number: Number(user.employmentId),
  NationalIdNumber: user.identifications?.[0]?.value,
  MailAddress: {
    AddressLine1: user.homeAddress?.line1,
    ZipCode: user.homeAddress?.postalCode,
    City: user.homeAddress?.city,
    CountryCode: user.homeAddress?.country,
  },
  BankAccountNumber: user.bankAccount?.number,
});
