/** An answer that is an error; its body in the lower-case spelling that the live API was seen to use. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors?: Record<string, string[]>,
  ) {
    super(title);
  }

  body(): object {
    const { status, title, detail, errors } = this;
    return errors
      ? { type: 'https://tools.ietf.org/html/rfc9110#section-15.5.1', title, status, errors }
      : { title, status, detail };
  }
}

export const invalid = (property: string, message: string): Problem =>
  new Problem(400, 'One or more validation errors occurred.', message, { [property]: [message] });
