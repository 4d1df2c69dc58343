export const alarmsZh = {
  'alarms.title': '告警',
  'alarms.lead': '出了什么事、证据是什么、先做什么、通知了谁。',
} as const

export const alarmsEn: Record<keyof typeof alarmsZh, string> = {
  'alarms.title': 'Alarms',
  'alarms.lead': 'What is wrong, the evidence, what to do first, and who was told.',
}
