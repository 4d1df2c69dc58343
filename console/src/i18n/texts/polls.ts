export const pollsZh = {
  'polls.title': '兜底轮询',
  'polls.lead': '缺失或陈旧的状态由系统主动去查，不等推送。',
} as const

export const pollsEn: Record<keyof typeof pollsZh, string> = {
  'polls.title': 'Fallback polls',
  'polls.lead': 'What was not pushed is asked for.',
}
