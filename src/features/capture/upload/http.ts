import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { startUpload } from './apply-upload.ts'
import { receiveFigures, type UploadDeps } from './receive-figures.ts'
import { countPreview, readFaults, readPreview, readUpload } from './store.ts'

export type UploadHttpDeps = UploadDeps & { readonly onJobQueued: () => void }

const tags = ['capture']
const UPLOAD_BYTES_MOST = 52_428_800
const SHOWN = 50
const FAULTS_TOLD = 10_000
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Params = Type.Object({ id: Id })
const FaultJson = Type.Object({
  row: Type.Integer(),
  column: Type.String(),
  code: Type.String(),
  detail: Type.String(),
  sku: Type.String(),
  warehouse: Type.String(),
})
const UploadJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    state: oneOf(['looked', 'queued', 'done']),
    mode: nullable(oneOf(['report', 'compare'])),
    jobId: nullable(Type.String()),
    rows: Type.Integer(),
    faults: Type.Integer(),
    changed: Type.Integer({ description: 'figures that became others, once it is done' }),
    findings: Type.Integer({ description: 'differences opened, once it is done' }),
    preview: Type.Object(
      { fresh: Type.Integer(), same: Type.Integer(), higher: Type.Integer(), lower: Type.Integer() },
      { description: 'good rows against the ledger as it is now' },
    ),
    differences: Type.Array(
      Type.Object({
        row: Type.Integer(),
        sku: Type.String(),
        warehouse: Type.String(),
        quantity: Type.Integer(),
        ledger: nullable(Type.Integer()),
      }),
      { description: `the largest ${SHOWN}` },
    ),
    faultRows: Type.Array(FaultJson, { description: `the first ${SHOWN}` }),
  },
  { title: 'FiguresUpload' },
)

/** Files of figures: uploaded and looked at, then taken over by a job. */
export function uploadRoutes(app: HttpApp, deps: UploadHttpDeps): void {
  const config = { scope: 'stock:write' } as const
  app.post(
    '/api/capture/uploads',
    {
      config: { ...config, rawBody: 'stream' },
      bodyLimit: UPLOAD_BYTES_MOST,
      schema: {
        tags,
        summary: 'Upload a CSV or XLSX file of figures as the raw body; nothing is changed yet',
        querystring: Type.Object({
          name: Type.String({ minLength: 1, maxLength: 200 }),
          feed: Type.Optional(Id),
          warehouse: Type.Optional(Type.String({ maxLength: 40, description: 'of rows that name none' })),
        }),
        response: { 200: UploadJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { name, feed, warehouse } = request.query
      const bytes =
        request.body instanceof Readable
          ? request.body.iterator({ destroyOnReturn: false })
          : Readable.from([])
      const received = await receiveFigures(deps, {
        bytes,
        name,
        by: actorOf(request).name,
        feedId: feed === undefined ? null : BigInt(feed),
        warehouse: warehouse === undefined || warehouse === '' ? null : warehouse,
      })
      if (!received.ok) return sendRefusal(reply, received.refusal)
      const shown = await uploadJson(deps, received.value)
      return shown ?? sendRefusal(reply, notFound(String(received.value)))
    },
  )
  app.get(
    '/api/capture/uploads/:id',
    {
      config,
      schema: {
        tags,
        summary: 'What a file would do, or did',
        params: Params,
        response: { 200: UploadJson, ...problemResponses },
      },
    },
    async (request, reply) =>
      (await uploadJson(deps, BigInt(request.params.id))) ?? sendRefusal(reply, notFound(request.params.id)),
  )
  app.get(
    '/api/capture/uploads/:id/faults',
    {
      config,
      schema: {
        tags,
        summary: 'Rows that cannot be read, by row and column',
        params: Params,
        response: { 200: Type.Object({ items: Type.Array(FaultJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      if ((await readUpload(deps.db, id)) === null) return sendRefusal(reply, notFound(request.params.id))
      return { items: await faultsOf(deps, id, FAULTS_TOLD) }
    },
  )
  app.post(
    '/api/capture/uploads/:id/apply',
    {
      config,
      schema: {
        tags,
        summary: 'Take a file over, as a job',
        params: Params,
        body: Type.Object(
          {
            mode: oneOf(['report', 'compare'], {
              description: 'report: the warehouse says so now; compare: differences become findings',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 202: Type.Object({ jobId: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const by = actorOf(request).name
      const job = await startUpload(deps, by, BigInt(request.params.id), request.body.mode)
      return job.ok ? reply.code(202).send({ jobId: String(job.value) }) : sendRefusal(reply, job.refusal)
    },
  )
}

function notFound(id: string) {
  return { code: 'capture.upload_not_found', detail: `there is no upload ${id}` }
}

async function faultsOf(deps: UploadHttpDeps, id: bigint, limit: number) {
  return (await readFaults(deps.db, id, limit)).map((one) => ({
    row: one.row,
    column: one.fault_column,
    code: one.fault_code,
    detail: one.fault_detail,
    sku: one.sku,
    warehouse: one.warehouse,
  }))
}

async function uploadJson(deps: UploadHttpDeps, id: bigint) {
  const upload = await readUpload(deps.db, id)
  if (upload === null) return null
  const differences = await readPreview(deps.db, id, SHOWN)
  return {
    id: String(upload.id),
    name: upload.name,
    state: upload.state,
    mode: upload.mode,
    jobId: upload.job_id === null ? null : String(upload.job_id),
    rows: upload.rows,
    faults: upload.faults,
    changed: upload.changed,
    findings: upload.findings,
    preview: await countPreview(deps.db, id),
    differences: differences.map(({ row, sku, warehouse, quantity, ledger }) => ({
      row,
      sku,
      warehouse,
      quantity,
      ledger,
    })),
    faultRows: await faultsOf(deps, id, SHOWN),
  }
}
