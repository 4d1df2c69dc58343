import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { LIST_FIELDS, type ListColumns, ROWS_MOST, suggestColumns } from './core/read-list.ts'
import type { ProfileHttpDeps } from './deps.ts'
import { importList, previewList, readListFile } from './import-list.ts'

const tags = ['sku profiles']
const read = { scope: 'orders:read' } as const
const write = { scope: 'orders:write' } as const
const LIST_BYTES_MOST = 5_242_880

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

/** A list of profiles: its cells, what it would do, doing it. */
export function listRoutes(app: HttpApp, deps: ProfileHttpDeps): void {
  readRoute(app, deps)
  previewRoute(app, deps)
  takeRoute(app, deps)
}

function readRoute(app: HttpApp, { files }: ProfileHttpDeps): void {
  app.post(
    '/api/sku-profiles/list/read',
    {
      config: { ...write, rawBody: 'stream' },
      bodyLimit: LIST_BYTES_MOST,
      schema: {
        tags,
        summary: 'Read a list of profiles (CSV or XLSX, 5 MB, 10,000 rows) as the raw body; nothing is kept',
        response: { 200: Type.Object({ ...TableJson.properties, columns: Columns }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const body =
        request.body instanceof Readable
          ? request.body.iterator({ destroyOnReturn: false })
          : Readable.from([])
      const table = await readListFile(files(), body)
      if (!table.ok) return sendRefusal(reply, table.refusal)
      const { header, rows } = table.value
      return {
        header: [...header],
        rows: rows.map(({ row, cells }) => ({ row, cells: [...cells] })),
        columns: suggestColumns(header),
      }
    },
  )
}

function previewRoute(app: HttpApp, deps: ProfileHttpDeps): void {
  app.post(
    '/api/sku-profiles/list/preview',
    {
      config: read,
      bodyLimit: LIST_BYTES_MOST * 2,
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
                sku: Type.String(),
                title: Type.String(),
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
}

function takeRoute(app: HttpApp, deps: ProfileHttpDeps): void {
  app.post(
    '/api/sku-profiles/list',
    {
      config: write,
      bodyLimit: LIST_BYTES_MOST * 2,
      schema: {
        tags,
        summary: 'Take a whole list of profiles, or nothing where a cell is wrong',
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
      return done.ok ? { ...done.value } : sendRefusal(reply, done.refusal)
    },
  )
}
