export const fulfilmentZh = {
  'fulfilment.title': '履约计划',
} as const

export const fulfilmentEn: Record<keyof typeof fulfilmentZh, string> = {
  'fulfilment.title': 'Fulfilment plans',
}
