export const numberPoolsZh = {
  'numberPools.title': '号段与余额',
  'numberPools.lead': '',
} as const

export const numberPoolsEn: Readonly<Record<keyof typeof numberPoolsZh, string>> = {
  'numberPools.title': 'Number pools',
  'numberPools.lead': '',
}
