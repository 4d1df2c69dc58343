export const parcelsZh = {
  'parcels.title': '包裹',
  'parcels.lead': '',
} as const

export const parcelsEn: Readonly<Record<keyof typeof parcelsZh, string>> = {
  'parcels.title': 'Parcels',
  'parcels.lead': '',
}
