import type { Random } from '#kernel/random.ts'

/** Texts that some interpreter takes for something else than text: each names what it would reach. */
export const HOSTILE: readonly string[] = [
  "'; drop table sales_order; --",
  "' or 1=1 --",
  '1); select pg_sleep(9); --',
  "\\'; select 1; --",
  '%27%20or%201=1',
  '$1::text',
  '100% _wild_ \\',
  '<script>globalThis.hacked=1</script>',
  '"><img src=x onerror="globalThis.hacked=1">',
  '<svg/onload=globalThis.hacked=1>',
  'javascript:globalThis.hacked=1',
  '<a href="javascript:globalThis.hacked=1">x</a>',
  '{{constructor.constructor("return 1")()}}',
  '$' + '{7*7}<%= 7*7 %>#{7*7}{{7*7}}',
  '=cmd|"/c calc"!A1',
  '+1+1',
  '@SUM(1,1)',
  '-2+3',
  '\t=1+1',
  'a\r\nx-injected: 1\r\n\r\nb',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '/etc/passwd%00.png',
  'file:///etc/passwd',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '{"__proto__":{"polluted":1}}',
  '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  'true || size(order.lines) > 0',
  'order.lines.all(x, x.sku.matches("(a+)+$"))',
  '\u202etxt.exe\u202c',
  'a\u200bb\u200d\ufeffc',
  '😀👨‍👩‍👧‍👦🇨🇳',
  '\u0000',
  'e\u0301 und é',
  'ﷺ'.repeat(9),
  'Z̷̢̛͔a̸l̵g̶o̸',
  '𠮷野家',
  '|nc -e /bin/sh',
  '$(touch /tmp/hacked)',
  '`id`',
  '%s%n%x',
  '$' + '{jndi:ldap://127.0.0.1/a}',
]

const OPEN = '⟦'
const CLOSE = '⟧'
const SENT = new Map<string, string>()

/** The text between marks with a serial, so that it is known again wherever it comes back. */
export function marked(text: string, random: Random): string {
  const serial = Math.floor(random.next() * 1e9).toString(36)
  const whole = `${OPEN}${serial} ${text}${CLOSE}`
  SENT.set(serial, whole)
  if (SENT.size > 200_000) SENT.clear()
  return random.next() < 0.7 ? whole : text
}

/** A marked text inside a JSON answer that is not what was sent, or null. What was cut for its length has no end mark and is let go. */
export function isMarked(json: string): string | null {
  for (const [found] of json.matchAll(/⟦[0-9a-z]+ (?:[^⟦⟧"\\]|\\.)*⟧/g)) {
    const text = JSON.parse(`"${found}"`) as string
    const serial = /⟦([0-9a-z]+) /.exec(text)?.[1] ?? ''
    const sent = SENT.get(serial)
    if (sent !== undefined && sent.normalize('NFC') !== text.normalize('NFC')) return `${sent} → ${text}`
  }
  return null
}
