import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { FileStore } from '#features/imports/index.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { LIST_FIELDS, type ListColumns, ROWS_MOST, suggestColumns } from './core/read-list.ts'
import { FIGURES, type WarehouseChange } from './core/warehouse.ts'
import type { WarehouseDeps } from './deps.ts'
import { importList, previewList } from './import-list.ts'
import { readListFile } from './read-file.ts'
import { addWarehouse, changeWarehouse, dropWarehouse, gone } from './save-warehouse.ts'
import { readFigures, SKUS_COUNTED, type WarehouseRow } from './store.ts'

export type WarehouseHttpDeps = WarehouseDeps & {
  /** Where the bytes of a list lie while it is read. */
  readonly files: () => FileStore
  readonly zone: () => string
}

const tags = ['warehouses']
const LIST_BYTES_MOST = 5_242_880
const read = { scope: 'stock:read' } as const
const write = { scope: 'stock:write' } as const

const Fields = {
  province: Type.String({ maxLength: 200 }),
  city: Type.String({ maxLength: 200 }),
  address: Type.String({ maxLength: 500 }),
  contact: Type.String({ maxLength: 500 }),
  priority: Type.Integer({ description: '0 to 10,000; smaller goes first' }),
  countsInTransit: Type.Boolean({ description: 'goods on their way there count as available' }),
  figures: oneOf(FIGURES, { description: 'own: the ledger counts; captured: its own system says' }),
  active: Type.Boolean({ description: 'an inactive one takes no new lock' }),
}
const Code = Type.String({ minLength: 1, maxLength: 80 })
const Name = Type.String({ minLength: 1, maxLength: 200 })
const WarehouseJson = Type.Object(
  {
    code: Type.String(),
    name: Type.String(),
    ...Fields,
    updatedBy: Type.String(),
    updatedAt: IsoTime,
    skus: Type.Integer({ description: `SKUs with a level there, counted up to ${SKUS_COUNTED + 1}` }),
    feeds: Type.Array(Type.String(), { description: 'what captures its figures' }),
  },
  { title: 'Warehouse' },
)
const Columns = Type.Partial(
  Type.Object(Object.fromEntries(LIST_FIELDS.map((field) => [field, Type.String({ maxLength: 300 })]))),
  { additionalProperties: false, description: 'field to the head of its column' },
)
const TableJson = Type.Object({
  header: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 60 }),
  rows: Type.Array(
    Type.Object({
      row: Type.Integer({ minimum: 1 }),
      cells: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 60 }),
    }),
    { maxItems: ROWS_MOST },
  ),
})
const ErrorJson = Type.Object({
  row: Type.Integer(),
  column: Type.String(),
  code: Type.String(),
  detail: Type.String(),
})
const CodeParams = Type.Object({ code: Code })

/** Routes of the warehouses and of their list. */
export function warehouseRoutes(app: HttpApp, deps: WarehouseHttpDeps): void {
  readRoutes(app, deps)
  changeRoutes(app, deps)
  listRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: WarehouseHttpDeps): void {
  app.get(
    '/api/warehouses',
    {
      config: read,
      schema: {
        tags,
        summary: 'All warehouses, the preferred first',
        response: {
          200: Type.Object({ items: Type.Array(WarehouseJson), next: Type.Null() }),
          ...problemResponses,
        },
      },
    },
    async () => ({ items: await warehousesJson(deps), next: null }),
  )
  app.get(
    '/api/warehouses/:code',
    {
      config: read,
      schema: {
        tags,
        summary: 'One warehouse',
        params: CodeParams,
        response: { 200: WarehouseJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const found = await warehouseJson(deps, request.params.code)
      return found ?? sendRefusal(reply, gone(request.params.code).refusal)
    },
  )
}

function changeRoutes(app: HttpApp, deps: WarehouseHttpDeps): void {
  const response = { 200: WarehouseJson, ...problemResponses }
  app.post(
    '/api/warehouses',
    {
      config: write,
      schema: {
        tags,
        summary: 'Add a warehouse',
        body: Type.Object(
          { code: Code, name: Name, ...Type.Partial(Type.Object(Fields)).properties },
          { additionalProperties: false },
        ),
        response,
      },
    },
    async (request, reply) => {
      const added = await addWarehouse(deps, actorOf(request), request.body)
      if (!added.ok) return sendRefusal(reply, added.refusal)
      return (await warehouseJson(deps, added.value)) ?? sendRefusal(reply, gone(added.value).refusal)
    },
  )
  app.patch(
    '/api/warehouses/:code',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a warehouse; the ledger follows its switches at once',
        params: CodeParams,
        body: Type.Partial(Type.Object({ name: Name, ...Fields }), {
          additionalProperties: false,
          minProperties: 1,
        }),
        response,
      },
    },
    async (request, reply) => {
      const { code } = request.params
      const changed = await changeWarehouse(deps, actorOf(request), code, request.body as WarehouseChange)
      if (!changed.ok) return sendRefusal(reply, changed.refusal)
      return (await warehouseJson(deps, code)) ?? sendRefusal(reply, gone(code).refusal)
    },
  )
  app.delete(
    '/api/warehouses/:code',
    {
      config: write,
      schema: {
        tags,
        summary: 'Remove a warehouse that nothing belongs to',
        params: CodeParams,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropWarehouse(deps, actorOf(request), request.params.code)
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
}

function listRoutes(app: HttpApp, deps: WarehouseHttpDeps): void {
  app.post(
    '/api/warehouses/list/read',
    {
      config: { ...write, rawBody: 'stream' },
      bodyLimit: LIST_BYTES_MOST,
      schema: {
        tags,
        summary: 'Read a list of warehouses (CSV or XLSX, 5 MB, 2,000 rows) as the raw body; nothing is kept',
        response: {
          200: Type.Object({ ...TableJson.properties, columns: Columns }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const body =
        request.body instanceof Readable
          ? request.body.iterator({ destroyOnReturn: false })
          : Readable.from([])
      const table = await readListFile(deps.files(), body)
      if (!table.ok) return sendRefusal(reply, table.refusal)
      const { header, rows } = table.value
      return {
        header: [...header],
        rows: rows.map(({ row, cells }) => ({ row, cells: [...cells] })),
        columns: suggestColumns(header),
      }
    },
  )
  app.post(
    '/api/warehouses/list/preview',
    {
      config: read,
      schema: {
        tags,
        summary: 'What a list would do, row by row, and every cell that is wrong',
        body: Type.Object(
          { ...TableJson.properties, columns: Type.Optional(Columns) },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            columns: Columns,
            rows: Type.Array(
              Type.Object({
                row: Type.Integer(),
                code: Type.String(),
                name: Type.String(),
                outcome: oneOf(['new', 'changed', 'same']),
                fields: Type.Array(Type.String()),
              }),
            ),
            errors: Type.Array(ErrorJson),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { columns, ...table } = request.body
      const seen = await previewList(deps, table, columns as ListColumns | undefined)
      if (!seen.ok) return sendRefusal(reply, seen.refusal)
      return {
        columns: { ...seen.value.columns },
        rows: seen.value.rows.map((one) => ({ ...one, fields: [...one.fields] })),
        errors: [...seen.value.errors],
      }
    },
  )
  app.post(
    '/api/warehouses/list',
    {
      config: write,
      schema: {
        tags,
        summary: 'Take a whole list of warehouses, or nothing where a cell is wrong',
        body: Type.Object({ ...TableJson.properties, columns: Columns }, { additionalProperties: false }),
        response: {
          200: Type.Object({ added: Type.Integer(), changed: Type.Integer(), same: Type.Integer() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { columns, ...table } = request.body
      const done = await importList(deps, actorOf(request), table, columns as ListColumns)
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

async function warehouseJson(deps: WarehouseHttpDeps, code: string) {
  return (await warehousesJson(deps)).find((one) => one.code === code) ?? null
}

async function warehousesJson(deps: WarehouseHttpDeps) {
  await deps.warehouses.refresh()
  const figures = await readFigures(deps.db)
  return deps.warehouses.all().map((row) => rowJson(row, deps.zone(), figures.get(row.code)))
}

function rowJson(
  row: WarehouseRow,
  zone: string,
  told: { skus: number; feeds: readonly string[] } | undefined,
) {
  return {
    ...row,
    updatedAt: formatInstant(row.updatedAt, zone),
    skus: told?.skus ?? 0,
    feeds: [...(told?.feeds ?? [])],
  }
}
