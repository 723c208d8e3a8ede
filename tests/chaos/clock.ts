/** Puts this process's `Date` so many hours off; true dates stay what they were. */
export function skewClock(hours: number): void {
  const realDate = Date;
  const now = () => realDate.now() + hours * 3_600_000;
  globalThis.Date = new Proxy(realDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name) => name === 'now' ? now : Reflect.get(target, name),
  });
}
