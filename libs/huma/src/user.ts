/**
 * A user as Huma publishes it in `huma.users.v1`; names are those of Huma's Open API. A field that is missing or null
 * means that the person has no such value.
 */
export interface HumaUser {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly phone?: string | null;
  readonly birthDate?: string | null;
  readonly gender?: string | null;
  readonly homeAddress?: HumaAddress | null;
  readonly bankAccount?: HumaBankAccount | null;
  readonly employmentId?: string | null;
  readonly identifications?: readonly HumaIdentification[] | null;
  readonly companies: readonly string[];
  readonly locations: readonly string[];
  readonly teams: readonly string[];
  readonly active: boolean;
}

/** An address as Huma publishes it. */
export interface HumaAddress {
  readonly line1?: string | null;
  readonly line2?: string | null;
  readonly line3?: string | null;
  readonly postalCode?: string | null;
  readonly city?: string | null;
  readonly country?: string | null;
}

/** `type` is `national` (country, number) or `international` (iban, bic), in any letter case. */
export interface HumaBankAccount {
  readonly type: string;
  readonly country?: string | null;
  readonly number?: string | null;
  readonly iban?: string | null;
  readonly bic?: string | null;
}

/** An identification as Huma publishes it. */
export interface HumaIdentification {
  readonly id: string;
  readonly type: string;
  readonly country?: string | null;
  readonly value: string;
}
