export const waybillsZh = {
  'waybills.title': '电子面单',
  'waybills.lead': '',
} as const

export const waybillsEn: Readonly<Record<keyof typeof waybillsZh, string>> = {
  'waybills.title': 'Waybills',
  'waybills.lead': '',
}
