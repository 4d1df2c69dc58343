export const lookBackZh = {
  'lookBack.title': '回看重算',
  'lookBack.lead': '',
} as const

export const lookBackEn: Readonly<Record<keyof typeof lookBackZh, string>> = {
  'lookBack.title': 'Look back',
  'lookBack.lead': '',
}
