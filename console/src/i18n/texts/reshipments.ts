export const reshipmentsZh = {
  'reshipments.title': '补发与拦截',
  'reshipments.lead': '',
} as const

export const reshipmentsEn: Readonly<Record<keyof typeof reshipmentsZh, string>> = {
  'reshipments.title': 'Re-shipments',
  'reshipments.lead': '',
}
