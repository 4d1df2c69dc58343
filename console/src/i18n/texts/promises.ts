export const promisesZh = {
  'promises.title': '发货时效',
  'promises.lead': '每个订单离违约还有多久，违约要赔多少。',
} as const

export const promisesEn: Record<keyof typeof promisesZh, string> = {
  'promises.title': 'Promises',
  'promises.lead': 'How long each order has until its promise breaks, and what that costs.',
}
