import type { Notice, Severity } from '#domain/notice.ts'
import { cutBytes } from '../notice-text.ts'
import type { SmtpSettings } from './settings.ts'

const SUBJECT_BYTES = 240
const BODY_BYTES = 200_000

/** A mail as the transport takes it. Nothing that came from outside reaches a header with a line break in it. */
export function mailOf(notice: Notice, { from, to }: SmtpSettings) {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  const subject = cutBytes(notice.title.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '), SUBJECT_BYTES)
  return {
    from: { name: from.name, address: from.address },
    to: [...to],
    subject,
    // The same at every attempt: a mail whose answer was lost is the same mail to the receiver's own de-duplication.
    messageId: `<${notice.id}@${domain}>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Holdfast-Rule': notice.rule.replace(/[^\w.-]/g, ''),
      'X-Holdfast-Severity': notice.severity,
    },
    text: cutBytes([notice.title, ...notice.paragraphs, notice.url ?? ''].join('\n\n').trim(), BODY_BYTES),
    html: cutBytes(htmlOf(notice), BODY_BYTES),
  }
}

const COLOURS: Readonly<Record<Severity, string>> = {
  critical: '#cf1322',
  warning: '#ad6800',
  info: '#3c5a99',
}

function htmlOf(notice: Notice): string {
  const colour = notice.kind === 'resolved' ? '#237804' : COLOURS[notice.severity]
  const paragraphs = notice.paragraphs
    .map((text) => `<p style="margin:0 0 12px">${escapeHtml(text)}</p>`)
    .join('')
  const link =
    notice.url === null
      ? ''
      : `<p><a href="${escapeHtml(notice.url)}" style="color:#1256b8">打开控制台 · Open the console</a></p>`
  return `<!doctype html><html><body style="font:14px/1.7 sans-serif;color:#1f2329"><div style="max-width:640px;border-left:4px solid ${colour};padding:4px 16px"><h2 style="font-size:17px;color:${colour};margin:0 0 12px">${escapeHtml(notice.title)}</h2>${paragraphs}${link}</div></body></html>`
}

function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (sign) => names[sign] ?? sign).replaceAll('\n', '<br>')
}
