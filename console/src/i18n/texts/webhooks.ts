export const webhooksZh = {
  'webhooks.title': '外发事件',
  'webhooks.lead': '',
} as const

export const webhooksEn: Readonly<Record<keyof typeof webhooksZh, string>> = {
  'webhooks.title': 'Webhooks',
  'webhooks.lead': '',
}
