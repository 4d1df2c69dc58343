export const channelStockZh = {
  'channelStock.title': '渠道库存',
  'channelStock.lead': '组合、赠品、渠道策略，以及每个渠道被告知的可售数。',
} as const

export const channelStockEn: Record<keyof typeof channelStockZh, string> = {
  'channelStock.title': 'Channel stock',
  'channelStock.lead': 'Bundles, gifts, policies per channel, and what each channel was told.',
}
