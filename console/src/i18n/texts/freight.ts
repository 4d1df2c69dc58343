export const freightZh = {
  'freight.title': '运费',
} as const

export const freightEn: Record<keyof typeof freightZh, string> = {
  'freight.title': 'Freight',
}
