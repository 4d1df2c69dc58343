import { Type } from 'typebox'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { MAPPED_FIELDS } from './core/column-names.ts'
import { CODES_MOST } from './edit-feed.ts'
import { SAMPLE_MOST } from './look-at-source.ts'

const Column = Type.String({ maxLength: 200 })
export const Words = Type.Object({ zh: Type.String(), en: Type.String() })

export const MappingBody = Type.Object(
  {
    mode: oneOf(['levels', 'movements'], {
      description: 'levels: how much is there; movements: how much came or went',
    }),
    table: Type.String({
      maxLength: 200,
      description: '`database.table`, a stream’s key; empty for push and files',
    }),
    sku: Column,
    quantity: Column,
    warehouse: nullable(Column),
    version: nullable(Column),
    id: nullable(Column),
    reference: nullable(Column),
    zone: Type.String({ maxLength: 60, description: 'IANA zone of times without offset' }),
  },
  { additionalProperties: false, title: 'FeedMapping' },
)
export const WarehousesBody = Type.Array(
  Type.Object(
    { sourceCode: Type.String({ maxLength: 200 }), warehouse: Type.String({ minLength: 1, maxLength: 40 }) },
    { additionalProperties: false },
  ),
  {
    maxItems: CODES_MOST,
    description: 'what the source calls each warehouse; empty where the feed is of one',
  },
)
/** Rows of a file or a message, as the caller has them. */
export const RowsBody = Type.Array(Type.Record(Column, nullable(Type.String({ maxLength: 1_000 }))), {
  maxItems: SAMPLE_MOST,
})

export const DifferenceJson = Type.Object({
  sku: Type.String(),
  warehouse: Type.String(),
  ledger: Type.Integer(),
  captured: Type.Integer(),
})
const Counts = Type.Record(Type.String(), Type.Integer())
export const DryRunJson = Type.Object(
  {
    rows: Type.Integer(),
    opening: Type.Integer({ description: 'places without a figure: taken over as opening stock' }),
    openingPieces: Type.Integer(),
    same: Type.Integer(),
    different: Type.Integer(),
    differences: Type.Array(DifferenceJson, { description: 'the largest' }),
    unknownSkus: Type.Integer({ description: 'rows whose SKU the hub does not know' }),
    unknownSkuList: Type.Array(Type.String()),
    unmapped: Counts,
    faults: Counts,
    isWhole: Type.Boolean({ description: 'the whole table was read' }),
    live: Type.Object({
      seconds: Type.Integer(),
      changes: Type.Integer(),
      lagMs: nullable(Type.Number({ description: 'from the source’s commit until the hub had it' })),
      shown: Type.Array(
        Type.Object({
          sku: Type.String(),
          warehouse: Type.String(),
          quantity: Type.Integer(),
          isDelta: Type.Boolean(),
          evidence: Type.String(),
        }),
      ),
      ended: nullable(Words),
    }),
  },
  { title: 'CaptureDryRun' },
)

export const FeedJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    source: Type.String({ description: 'a connection’s id, `:push` or `:file`' }),
    sourceKind: oneOf(['connection', 'push', 'file']),
    connection: nullable(Type.Object({ id: Type.String(), name: Type.String(), kind: Type.String() })),
    state: oneOf(['draft', 'dry_run', 'live', 'paused']),
    step: oneOf(['check', 'mapping', 'dry_run', 'live'], {
      description: 'the first step of the wizard that is not done',
    }),
    mapping: MappingBody,
    warehouses: WarehousesBody,
    onDrift: oneOf(['ask', 'accept']),
    onUnknownSku: oneOf(['create', 'ignore', 'ask']),
    lastTry: nullable(
      Type.Object({
        jobId: Type.String(),
        state: Type.String(),
        error: nullable(Type.String()),
        at: IsoTime,
        result: nullable(DryRunJson),
      }),
    ),
    running: Type.Object({
      status: Type.String(),
      words: Words,
      changes: Type.Integer(),
      snapshotRows: Type.Integer(),
      snapshotAt: nullable(IsoTime),
      lagMs: nullable(
        Type.Number({ description: 'of the newest change: from the source’s commit to the ledger’s' }),
      ),
    }),
    updatedBy: Type.String(),
    updatedAt: IsoTime,
  },
  { title: 'FeedSetup' },
)

export const CheckJson = Type.Object({
  name: Type.String(),
  outcome: oneOf(['ok', 'warning', 'failed', 'skipped']),
  words: Words,
  remedy: nullable(Type.Object({ zh: Type.String(), en: Type.String(), command: nullable(Type.String()) })),
})
const ColumnJson = Type.Object({ name: Type.String(), type: Type.String(), key: Type.Boolean() })
export const TableJson = Type.Object({
  name: Type.String(),
  rows: nullable(Type.Integer()),
  columns: Type.Array(ColumnJson),
})
export const RowJson = Type.Record(Type.String(), nullable(Type.String()))
export const SuggestionJson = Type.Object({
  mapping: MappingBody,
  guesses: Type.Array(
    Type.Object({
      field: oneOf(MAPPED_FIELDS),
      column: Type.String(),
      confidence: Type.Number({ description: '0 to 100' }),
      reasons: Type.Array(Words),
    }),
  ),
  open: Type.Array(oneOf(MAPPED_FIELDS), {
    description: 'fields that must be named and could not be guessed',
  }),
  table: TableJson,
  rows: Type.Array(RowJson),
})
export const PreviewJson = Type.Object({
  rows: Type.Array(
    Type.Object({
      row: RowJson,
      sku: nullable(Type.String()),
      quantity: nullable(Type.Integer({ description: 'pieces there, or come and gone' })),
      version: nullable(Type.String()),
      warehouse: nullable(Type.String({ description: 'of the hub; null: its code is not mapped' })),
      isKnownSku: Type.Boolean(),
      fault: nullable(Type.Object({ code: Type.String(), detail: Type.String() })),
    }),
  ),
  good: Type.Integer(),
  faults: Type.Array(
    Type.Object({ code: Type.String(), count: Type.Integer(), detail: Type.String(), row: RowJson }),
  ),
  unknownSkus: Type.Array(Type.String()),
  warehouses: Type.Array(
    Type.Object({
      sourceCode: Type.String(),
      rows: Type.Integer(),
      warehouse: nullable(Type.String()),
      isProposed: Type.Boolean(),
    }),
  ),
})
