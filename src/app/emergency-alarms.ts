import type { AlarmSignal } from '#platform/alarms/alarms.ts'
import type { SpoolStatus, SpoolTrouble } from '#platform/spool/spool.ts'
import type { Level } from '#platform/spool/spooling-intake.ts'

// The words of the spool's alarms: each says what is wrong, with its figures, and what to do first.

const LINK = '/emergency'
const MIB = 1_048_576

/** What `awayReason` says of a day without its partition: nobody has to bring a database back for that. */
const NO_PARTITION = /\(23514\)$/

export function levelSignal(subject: string, { reason }: Level, spool: SpoolStatus): AlarmSignal {
  const taken = spool.usable
  if (taken && NO_PARTITION.test(reason ?? '')) return partitionSignal(subject, reason, spool)
  return {
    rule: 'hub.level_1',
    subject,
    severity: 'critical',
    words: taken
      ? {
          zh: `一级降级：数据库无法提交（${reason ?? '无响应'}），${subject} 的新报文先落本地磁盘并照常应答，恢复后自动合并。请先恢复数据库。`,
          en: `Level 1: the database takes no commit (${reason ?? 'no answer'}). ${subject} keeps new messages on its disk, acknowledges them as usual and merges them when the database is back. Bring the database back first.`,
        }
      : {
          zh: `数据库无法提交（${reason ?? '无响应'}），且 ${subject} 的本地磁盘也写不了：对方只会收到"稍后重发"。请立即恢复数据库或磁盘。`,
          en: `The database takes no commit (${reason ?? 'no answer'}) and ${subject} cannot write its local disk either: senders are told to come back. Bring database or disk back at once.`,
        },
    evidence: { reason, usable: spool.usable, records: spool.records, quotaMb: spool.quotaBytes / MIB },
    link: LINK,
  }
}

function partitionSignal(subject: string, reason: string | null, spool: SpoolStatus): AlarmSignal {
  return {
    rule: 'hub.level_1',
    subject,
    severity: 'critical',
    words: {
      zh: `一级降级：收件表缺当天的分区，${subject} 的新报文先落本地磁盘并照常应答；中枢正自行补建，一分钟内未恢复请检查数据库权限与磁盘。`,
      en: `Level 1: the inbox has no partition for the day. ${subject} keeps new messages on its disk and acknowledges them as usual. The hub makes the partition by itself; if this lasts for more than a minute, look at the database's rights and disk.`,
    },
    evidence: { reason, usable: spool.usable, records: spool.records, quotaMb: spool.quotaBytes / MIB },
    link: LINK,
  }
}

export function fullSignal(
  subject: string,
  rule: 'spool.filling' | 'spool.full',
  { records, bytes, quotaBytes }: SpoolStatus,
): AlarmSignal {
  const percent = Math.min(100, Math.round((bytes / quotaBytes) * 100))
  const left = Math.max(0, Math.round((quotaBytes - bytes) / MIB))
  return {
    rule,
    subject,
    severity: rule === 'spool.full' ? 'critical' : 'warning',
    words:
      rule === 'spool.full'
        ? {
            zh: `应急落盘已满（${records} 条，${percent}%）：${subject} 不再接收，请对方稍后重发。请恢复数据库，或调大 SPOOL_QUOTA_MB。`,
            en: `The spool is full (${records} messages, ${percent}%): ${subject} takes no more and tells senders to come back. Bring the database back, or raise SPOOL_QUOTA_MB.`,
          }
        : {
            zh: `应急落盘已用 ${percent}%（${records} 条），还剩约 ${left} MiB。请尽快恢复数据库；写满后将不再接收。`,
            en: `The spool holds ${percent}% of its quota (${records} messages), about ${left} MiB are left. Bring the database back soon; once full, nothing more is taken.`,
          },
    evidence: { records, bytes, quotaBytes, percent },
    link: LINK,
  }
}

export function troubleSignal(
  subject: string,
  { code, words, folder }: SpoolTrouble,
  spool: SpoolStatus,
): AlarmSignal {
  return {
    rule: 'spool.unwritable',
    subject,
    severity: spool.usable ? 'warning' : 'critical',
    words: {
      zh: `应急落盘目录 ${folder} 不可用（${code}）${spool.usable ? '，已改用其余目录' : '：数据库再出故障时将无法收单'}。请检查磁盘空间、挂载与权限。`,
      en: `The spool's folder ${folder} cannot be used: ${words}. ${spool.usable ? 'The others are used.' : 'If the database goes away, nothing can be taken.'} Look at its disk: room, mount, rights.`,
    },
    evidence: { code, folder, usable: spool.usable },
    link: LINK,
  }
}

export function damagedSignal(subject: string, { code, words, folder }: SpoolTrouble): AlarmSignal {
  const torn = code === 'spool.tail_cut'
  return {
    rule: 'spool.damaged',
    subject,
    severity: torn ? 'info' : 'critical',
    words: torn
      ? {
          zh: `应急落盘文件末尾有一条没写完的记录，已截到最后一条完整记录；它从未被应答，对方会重发。无需处理，知晓后关闭。`,
          en: `A spool file ended in a record that was not finished; it was cut at the last whole one. It was never acknowledged, so its sender comes again. Nothing to do; close it once read.`,
        }
      : {
          zh: `应急落盘文件中间有损坏（${folder}），前后的记录已照常读取。请检查这块磁盘，并向平台核对该时段的订单。`,
          en: `A spool file is damaged in the middle; the records before and after it are read. ${words}. Check that disk, and compare that hour's orders with the platforms.`,
        },
    evidence: { code, folder },
    link: LINK,
  }
}

export function stuckSignal(
  subject: string,
  problem: { readonly path: string; readonly code: string; readonly detail: string },
  count: number,
): AlarmSignal {
  return {
    rule: 'spool.stuck',
    subject,
    severity: 'critical',
    words: {
      zh: `${count} 个应急落盘文件合并不了（${problem.code}），文件原样保留。多半是密钥换过：用当时的密钥运行 holdfast recover。`,
      en: `${count} spool files cannot be merged and stay as they are: ${problem.detail}. Mostly the key was changed: run holdfast recover with the key of that time.`,
    },
    evidence: { path: problem.path, code: problem.code, count },
    link: LINK,
  }
}
