// Preloaded into a hub process of the harness (`node --import 'file:///…/shift-clock.ts?ms=90000' src/app/cli.ts serve`), never by
// the product: the clock of that one process goes wrong by so many milliseconds, as a machine's does whose time service failed.

const shiftMs = Number(new URL(import.meta.url).searchParams.get('ms') ?? '0')

if (Number.isInteger(shiftMs) && shiftMs !== 0) {
  const instant = Temporal.Now.instant.bind(Temporal.Now)
  Temporal.Now.instant = () => instant().add({ milliseconds: shiftMs })
  const OldTime = Reflect.get(globalThis, 'Date') as new (...given: unknown[]) => { getTime(): number }
  const nowMs = (): number => new OldTime().getTime() + shiftMs
  const shifted = new Proxy(OldTime, {
    construct: (target, given, caller) =>
      Reflect.construct(target, given.length === 0 ? [nowMs()] : given, caller),
    get: (target, name) => (name === 'now' ? nowMs : Reflect.get(target, name)),
  })
  Reflect.set(globalThis, 'Date', shifted)
}
