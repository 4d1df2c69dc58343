/** Today's date in a zone, `2026-01-25`; `daysAgo` counts back in days of 24 hours. */
export function today(zone: string, ms: number, daysAgo = 0): string {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  return format.format(ms - daysAgo * 86_400_000)
}

/** Every zone this browser knows, with UTC, which most lists leave out. */
export function knownZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
}
