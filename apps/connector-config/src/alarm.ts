/** A wait that can be ended early. A ring between `set` and `within` is not lost. */
export class Alarm {
  private rung = false;
  private wake: () => void = () => undefined;

  set(): void {
    this.rung = false;
  }
  ring(): void {
    this.rung = true;
    this.wake();
  }
  async within(ms: number): Promise<void> {
    if (ms <= 0 || this.rung) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}
