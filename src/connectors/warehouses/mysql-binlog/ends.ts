import type { Words } from '#domain/notice.ts'
import type { FeedEnd } from '#domain/stock-feed.ts'

const GAPS: Readonly<Record<string, (what: string) => Words>> = {
  purged: (what) => ({
    zh: `服务器已清理 ${what} 之后的 binlog，中间的变更读不到了`,
    en: `the server has purged its binlog at ${what}; changes in between cannot be read any more`,
  }),
  server_replaced: (what) => ({
    zh: `这个地址上换了另一台服务器，它没有 ${what} 之后的事务记录`,
    en: `another server answers at this address and does not know the transactions up to ${what}`,
  }),
  history_differs: (what) => ({
    zh: `服务器在 ${what} 处的内容与读过的不同（可能从备份恢复过）`,
    en: `what the server has at ${what} is not what was read there (restored from a backup?)`,
  }),
  unreadable_position: (what) => ({
    zh: `位置无法识别：${what}`,
    en: `the position cannot be read: ${what}`,
  }),
  row_image: (what) => ({
    zh: `${what} 的变更只写了部分列（binlog_row_image 不是 FULL）`,
    en: `changes of ${what} were logged with some of their columns only (binlog_row_image is not FULL)`,
  }),
  emptied: (what) => ({ zh: `${what} 被 TRUNCATE 清空`, en: `${what} was emptied by TRUNCATE` }),
  statement: (what) => ({
    zh: `${what} 的变更以语句形式写入 binlog（binlog_format 不是 ROW）`,
    en: `changes of ${what} were logged as statements (binlog_format is not ROW)`,
  }),
}

export function gapEnd(why: string, what: string): FeedEnd {
  const words = GAPS[why] ?? ((one: string): Words => ({ zh: one, en: one }))
  return { reason: 'gap', words: words(what) }
}

export function changedEnd(usable: boolean, words: Words): FeedEnd {
  return { reason: 'schema_changed', usable, words }
}

export function tableGone(table: string): Words {
  return {
    zh: `表 ${table} 不存在，或账号看不到它`,
    en: `there is no table ${table}, or the account may not see it`,
  }
}
