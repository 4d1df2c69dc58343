export const holdsZh = {
  'holds.title': '锁库',
  'holds.lead': '谁占着货、为什么、到什么时候；超时的锁在这里续期或申请强制解锁。',
} as const

export const holdsEn: Record<keyof typeof holdsZh, string> = {
  'holds.title': 'Holds',
  'holds.lead': 'Who holds goods, why and until when; old locks are renewed or asked to be freed here.',
}
