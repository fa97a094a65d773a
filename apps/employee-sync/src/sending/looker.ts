/**
 * Coalesces looks: one is under way and at most one is pending, however many callers there are. Every caller gets a look
 * that began after it asked.
 */
export class Looker<T> {
  private underWay: Promise<T> | null = null;
  private pending: Promise<T> | null = null;

  constructor(private readonly find: () => Promise<T>) {}

  look(): Promise<T> {
    if (this.pending) return this.pending;
    if (!this.underWay) return this.begin();
    this.pending = this.underWay.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.pending;
  }

  private begin(): Promise<T> {
    this.pending = null;
    const looking = this.find().finally(() => {
      if (this.underWay === looking) this.underWay = null;
    });
    this.underWay = looking;
    return looking;
  }
}
