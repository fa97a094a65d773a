/** What Huma's Open API needs of a new user. Email, phone and employment ID are unique in Huma. */
export interface UserInput {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  /** Ids of the groups to put the user in. */
  readonly groups: readonly string[];
  readonly phone?: string;
  readonly invite?: boolean;
}

/** A plain merge: what is left out stays. No value can be cleared. */
export interface UserDetailsInput {
  readonly givenName?: string;
  readonly familyName?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly birthDate?: string;
  readonly gender?: string;
  /** All members are required when it is sent. */
  readonly homeAddress?: {
    readonly line1: string;
    readonly line2: string;
    readonly line3: string;
    readonly postalCode: string;
    readonly city: string;
    readonly country: string;
  };
  readonly bankAccount?:
    | { readonly type: 'national'; readonly number: string; readonly country: string }
    | { readonly type: 'international'; readonly iban: string; readonly bic: string };
  readonly employmentId?: string;
}
