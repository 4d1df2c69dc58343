export const reviewZh = {
  'review.title': '异常工作台',
  'review.lead': '所有需要人处理的麻烦都在这一个队列里。',
} as const

export const reviewEn: Record<keyof typeof reviewZh, string> = {
  'review.title': 'Exceptions',
  'review.lead': 'Everything that needs a person, in one queue.',
}
