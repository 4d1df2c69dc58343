export const skuProfilesZh = {
  'skuProfiles.title': '商品档案',
} as const

export const skuProfilesEn: Record<keyof typeof skuProfilesZh, string> = {
  'skuProfiles.title': 'SKU profiles',
}
