export const outwardZh = {
  'outward.title': '熔断与限流',
  'outward.lead': '每个平台账号的额度与每个连接的熔断器。',
} as const

export const outwardEn: Record<keyof typeof outwardZh, string> = {
  'outward.title': 'Outward calls',
  'outward.lead': 'The budget of every platform account and the breaker of every connection.',
}
