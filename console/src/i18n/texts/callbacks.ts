export const callbacksZh = {
  'callbacks.title': '回调健康',
  'callbacks.lead': '平台多久没有来消息、签名是否失败、证书还剩几天。',
} as const

export const callbacksEn: Record<keyof typeof callbacksZh, string> = {
  'callbacks.title': 'Callbacks',
  'callbacks.lead': 'Who has gone silent, whose signatures fail, how many days the certificate has left.',
}
