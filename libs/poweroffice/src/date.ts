/**
 * A date as PowerOffice shows it: the first ten characters, since some dates come with a time part.
 * @returns null for none, for a text that is no date, and for .NET's empty date (year 1)
 */
export const readDate = (text: string | null | undefined): string | null => {
  const date = /^\d{4}-\d{2}-\d{2}(?=$|[Tt ])/.exec(text?.trim() ?? '')?.[0];
  return date === undefined || date.startsWith('0001') ? null : date;
};
