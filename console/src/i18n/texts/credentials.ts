export const credentialsZh = {
  'credentials.title': '凭证',
  'credentials.lead': '',
} as const

export const credentialsEn: Readonly<Record<keyof typeof credentialsZh, string>> = {
  'credentials.title': 'Credentials',
  'credentials.lead': '',
}
