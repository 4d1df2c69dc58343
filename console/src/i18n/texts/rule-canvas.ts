export const ruleCanvasZh = {
  'canvas.title': '画布',
} as const

export const ruleCanvasEn: Record<keyof typeof ruleCanvasZh, string> = {
  'canvas.title': 'Canvas',
}
