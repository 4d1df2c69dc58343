import type { SettingField } from '#domain/connector.ts'
import type { Notice } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { hashToUuid } from '#kernel/hash.ts'

// What the notifiers share in writing: plain text, cut to a platform's limit, with nothing in it that a chat would take for a mention.

/** The part of a notice's id that people can compare: the same letters are the same notice. */
export function shortId(notice: Notice): string {
  return notice.id.replaceAll('-', '').slice(-8)
}

/**
 * Title, paragraphs and address as plain text of at most `most` bytes of UTF-8. The end (address, id) is kept whole; what is
 * too long is cut between two characters and marked with an ellipsis.
 */
export function plainText(notice: Notice, most: number): string {
  const tail = `\n\n${notice.url === null ? '' : `${notice.url}\n`}#${shortId(notice)}`
  const text = withoutMentions([notice.title, ...notice.paragraphs].join('\n\n'))
  return cutBytes(text, most - Buffer.byteLength(tail)) + tail
}

const ELLIPSIS = '…'

/** At most `most` bytes of UTF-8, cut between two characters; `…` marks the cut. */
export function cutBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text
  let bytes = Buffer.byteLength(ELLIPSIS)
  let kept = ''
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > most) break
    kept += character
  }
  return kept + ELLIPSIS
}

/**
 * Chats read `<at ...>`, `<@id>` and `@all` as mentions, and alarms quote what came from outside: the signs are replaced by
 * their full-width twins, which people read the same. Control characters go, line breaks stay.
 */
export function withoutMentions(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]/gu, (sign) => (sign === '\n' ? sign : ' '))
    .replaceAll('<', '＜')
    .replaceAll('@', '＠')
}

/** Words separated by commas, semicolons or blanks; at most `most`. */
export function listOf(text: string | undefined, most: number): string[] {
  const words = (text ?? '').split(/[\s,;，；、]+/).filter((word) => word !== '')
  return [...new Set(words)].slice(0, most)
}

/** What a test button sends: it says what it is, in both languages. */
export function testNotice(now: Instant): Notice {
  return {
    id: hashToUuid(`test ${now.toString()}`),
    kind: 'test',
    rule: 'alerting.test',
    severity: 'info',
    title: '测试：告警通知 · Test: alarm notice',
    paragraphs: [
      '这是一条测试通知，收到即说明这个目标可用，无需处理。',
      'This is a test notice. Receiving it shows that this target works; there is nothing to do.',
    ],
    url: null,
    at: now,
    data: { kind: 'test' },
  }
}

export const KEYWORD_FIELD: SettingField = {
  name: 'keyword',
  zh: '自定义关键词',
  en: 'Keyword',
  secret: false,
  required: false,
  hint: {
    zh: '机器人安全设置里的关键词之一；不含它的消息会被自动补上',
    en: "one of the robot's keywords; added to messages that lack it",
  },
}

/** The text with the robot's keyword in it. */
export function withKeyword(text: string, keyword: string | undefined): string {
  return keyword === undefined || keyword === '' || text.includes(keyword) ? text : `${keyword}\n${text}`
}
