const weighted = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0);

/** The mod 11 control digit; undefined where it would have two digits, so that no such number is given out. */
const controlDigit = (digits: string, weights: readonly number[]): number | undefined => {
  const digit = (11 - (weighted(digits, weights) % 11)) % 11;
  return digit === 10 ? undefined : digit;
};

/** Where the individual numbers of a year of birth begin (Skatteetaten, «Fødselsnummer»); 500 of them are used here. */
const firstIndividualNumber = (year: number): number => {
  if (year >= 1900 && year <= 1999) return 0;
  if (year >= 2000 && year <= 2039) return 500;
  throw new RangeError(`no individual numbers for people born in ${String(year)}`);
};

/**
 * A valid Norwegian national identity number (11 digits, both control digits) of somebody born on `birthDate`
 * (YYYY-MM-DD, 1900 to 2039); `serial` counts through those of one day and gender, at least 150 of them.
 */
export const nationalIdOf = (birthDate: string, gender: 'Male' | 'Female', serial = 0): string => {
  const [year = '', month = '', day = ''] = birthDate.split('-');
  const date = day + month + year.slice(2);
  const first = firstIndividualNumber(Number(year));
  const numbers = Array.from({ length: 250 }, (_, index) => first + 2 * index + (gender === 'Male' ? 1 : 0));
  const valid = numbers.flatMap((individual) => {
    const nine = date + String(individual).padStart(3, '0');
    const one = controlDigit(nine, [3, 7, 6, 1, 8, 9, 4, 5, 2]);
    const two = one === undefined ? undefined : controlDigit(nine + String(one), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    return one === undefined || two === undefined ? [] : [nine + String(one) + String(two)];
  });
  return valid[serial % valid.length] ?? '';
};

/** The `serial`th valid Norwegian bank account number (11 digits, mod 11) of one branch; different serials, different numbers. */
export const bankAccountOf = (serial: number): string => {
  // Neighbours are hardly ever both without a control digit: steps of three leave room to move on.
  for (let base = 1_503_000_000 + serial * 3; ; base++) {
    const digits = String(base);
    const digit = controlDigit(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    if (digit !== undefined) return digits + String(digit);
  }
};
