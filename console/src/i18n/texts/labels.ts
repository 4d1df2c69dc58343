export const labelsZh = {
  'labels.title': '打印面单',
  'labels.lead': '',
} as const

export const labelsEn: Readonly<Record<keyof typeof labelsZh, string>> = {
  'labels.title': 'Labels',
  'labels.lead': '',
}
