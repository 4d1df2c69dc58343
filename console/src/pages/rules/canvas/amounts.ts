/** Decimals of a currency's minor unit, as the browser knows them; two where it does not. */
export function decimalsOf(currency: string): number {
  try {
    return (
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
      2
    )
  } catch {
    return 2
  }
}

/** `99`, `99.5`, `99.00` to `9900`, `9950`, `9900`; null for what is no amount or has more decimals than the currency. */
export function minorOf(major: string, decimals = 2): string | null {
  const match = /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(major.trim())
  if (!match) return null
  const [, sign = '', whole = '', fraction = ''] = match
  if (fraction.length > decimals) return null
  const digits = (whole + fraction.padEnd(decimals, '0')).replace(/^0+(?=\d)/, '')
  return digits === '0' ? '0' : sign + digits
}

/** `9900` to `99.00`. */
export function majorOf(minor: string, decimals = 2): string {
  const sign = minor.startsWith('-') ? '-' : ''
  const digits = minor.replace('-', '').padStart(decimals + 1, '0')
  if (decimals === 0) return sign + digits
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
