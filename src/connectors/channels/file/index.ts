import type { Connector } from '#domain/connector.ts'
import { FILE_CODES } from './codes.ts'
import { readFileOrder } from './read.ts'

/** Orders from CSV and XLSX files. Nothing is pushed to it and nothing can be reported back; the import brings its messages. */
export const file: Connector = {
  kind: 'file',
  role: 'channel',
  zh: '文件导入（CSV / XLSX）',
  en: 'File import (CSV / XLSX)',
  // Every message carries the zone that its template declared.
  zone: 'UTC',
  fields: [],
  codes: FILE_CODES,
  retryReply: { status: 503, contentType: 'text/plain', body: 'not stored' },
  read: readFileOrder,
}
