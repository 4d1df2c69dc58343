export const ledgerCheckZh = {
  'ledger.balanced': '账平：{levels} 个库存、{holds} 笔占用，计数都等于占用明细之和',
  'ledger.differs': '{n} 处不平',
  'ledger.lookNow': '立即核对',
  'ledger.repair': '一键修复',
  'ledger.repairTitle': '按占用明细修复计数',
  'ledger.repairHint':
    '以占用明细为准：明细写明了谁占用，计数没有名字。实物数不动；每一处会留下一条原因为「修复」的变动，并记入审计。',
  'ledger.repaired': '已修复 {n} 处',
  'ledger.nothing': '没有需要修复的',
  'ledger.hint': '系统每小时核对一次整本库存账。不平通常是有人绕过系统改了数据库。',
  'ledger.col.at': '核对时间',
  'ledger.col.result': '结果',
  'ledger.col.size': '范围',
  'ledger.col.took': '用时',
  'ledger.col.repaired': '修复',
  'ledger.size': '{levels} 个库存 · {holds} 笔占用',
  'ledger.empty.title': '还没有核对过',
  'ledger.empty.hint':
    '每小时自动核对一次，也可以现在就核对：每个计数是否等于占用明细之和，每笔占用是否自相矛盾。',
} as const

export const ledgerCheckEn: Record<keyof typeof ledgerCheckZh, string> = {
  'ledger.balanced': 'In balance: {levels} levels, {holds} holds, every counter is the sum of its holds',
  'ledger.differs': '{n} do not balance',
  'ledger.lookNow': 'Check now',
  'ledger.repair': 'Repair',
  'ledger.repairTitle': 'Set counters to what is held',
  'ledger.repairHint':
    'Holds are believed: they name who holds, a counter names nobody. Physical stock is not touched; each place gets a movement “repair”, and the audit log a line.',
  'ledger.repaired': '{n} put right',
  'ledger.nothing': 'Nothing to repair',
  'ledger.hint':
    'The whole ledger is checked every hour. It differs when somebody wrote to the database past the hub.',
  'ledger.col.at': 'Checked',
  'ledger.col.result': 'Result',
  'ledger.col.size': 'Size',
  'ledger.col.took': 'Took',
  'ledger.col.repaired': 'Repaired',
  'ledger.size': '{levels} levels · {holds} holds',
  'ledger.empty.title': 'Not checked yet',
  'ledger.empty.hint':
    'It happens every hour, or now: is every counter the sum of its holds, does every hold say one thing.',
}
