import type { Money } from '#/api/types.ts'

const SIGNS: Readonly<Record<string, string>> = {
  CNY: '¥',
  USD: '$',
  EUR: '€',
  GBP: '£',
  BRL: 'R$',
  JPY: 'JP¥',
  HKD: 'HK$',
}

/** Groups the digits of a decimal text; the amount itself is shown exactly as the hub wrote it. */
export function moneyText(money: Money): string {
  const negative = money.amount.startsWith('-')
  const [whole = '0', decimals] = money.amount.replace('-', '').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  const sign = SIGNS[money.currency] ?? `${money.currency} `
  return `${negative ? '−' : ''}${sign}${grouped}${decimals === undefined ? '' : `.${decimals}`}`
}
