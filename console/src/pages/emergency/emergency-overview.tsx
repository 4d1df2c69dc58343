import { Table } from 'antd'
import type { EmergencyState, SpoolRun } from '#/api/emergency-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { Figures } from '#/parts/figures.tsx'
import { Facts, Section, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { FullTime, TimeText } from '#/parts/time-text.tsx'

const ALWAYS = ['intake', 'ack', 'console'] as const
const NEEDS_DATABASE = ['list', 'interpret', 'report'] as const
const MIB = 1_048_576

export function EmergencyOverview({ state }: { readonly state: EmergencyState }) {
  return (
    <div>
      <LevelNow state={state} />
      <Works state={state} />
      <Folders state={state} />
      <Runs runs={state.runs} />
    </div>
  )
}

function LevelNow({ state: { now } }: { readonly state: EmergencyState }) {
  const { t, count, duration } = useWording()
  const { spool, level } = now
  const share = spool.quotaBytes === 0 ? 0 : Math.round((spool.bytes / spool.quotaBytes) * 100)
  return (
    <Section title={t('emergency.level')}>
      <Facts
        items={[
          [
            t('emergency.level'),
            <span key="level">
              <Tag tone={level === 1 ? 'bad' : 'good'} dot>
                {t(level === 1 ? 'emergency.level1' : 'emergency.level0')}
              </Tag>{' '}
              <span className="hf-faint">{t('emergency.since')}</span> <FullTime at={now.since} />
            </span>,
          ],
          ...(now.reason === null ? [] : ([[t('emergency.reason'), now.reason]] as const)),
          [t('emergency.waiting'), t('emergency.waitingUnit', { n: spool.records })],
          [t('emergency.used'), `${count(share)}% (${mib(spool.bytes)} / ${mib(spool.quotaBytes)})`],
          [
            t('emergency.oldest'),
            spool.records === 0 ? t('emergency.none') : duration(Math.round(spool.oldestSeconds)),
          ],
        ]}
      />
    </Section>
  )
}

function Works({ state: { now } }: { readonly state: EmergencyState }) {
  const { t } = useWording()
  const taken = now.level === 0 || now.spool.usable
  const row = (name: (typeof ALWAYS)[number] | (typeof NEEDS_DATABASE)[number], works: boolean) => (
    <li key={name}>
      <span>{t(`emergency.works.${name}`)}</span>
      <Tag tone={works ? 'good' : 'wait'} dot>
        {t(works ? 'emergency.yes' : 'emergency.paused')}
      </Tag>
    </li>
  )
  return (
    <Section title={t('emergency.works')}>
      <ul className="hf-works">
        {ALWAYS.map((name) => row(name, name === 'console' || taken))}
        {NEEDS_DATABASE.map((name) => row(name, now.level === 0))}
      </ul>
    </Section>
  )
}

function Folders({ state: { folders } }: { readonly state: EmergencyState }) {
  const { t, count } = useWording()
  return (
    <Section title={t('emergency.folders')}>
      {folders.length === 0 ? (
        <p className="hf-text-bad">{t('emergency.noFolder')}</p>
      ) : (
        <Table
          size="small"
          pagination={false}
          rowKey="dir"
          dataSource={[...folders]}
          columns={[
            { title: t('emergency.folder'), dataIndex: 'dir', render: (dir: string) => <code>{dir}</code> },
            {
              title: t('emergency.files'),
              dataIndex: 'files',
              align: 'right',
              width: 100,
              render: (n: number) => <span className="hf-num">{count(n)}</span>,
            },
            {
              title: t('emergency.size'),
              dataIndex: 'bytes',
              align: 'right',
              width: 120,
              render: (n: number) => <span className="hf-num">{mib(n)}</span>,
            },
            {
              title: t('emergency.state'),
              dataIndex: 'trouble',
              width: 320,
              render: (trouble: string | null) =>
                trouble === null ? (
                  <Tag tone="good" dot>
                    {t('emergency.ready')}
                  </Tag>
                ) : (
                  <span className="hf-text-bad">{trouble}</span>
                ),
            },
          ]}
        />
      )}
    </Section>
  )
}

function Runs({ runs }: { readonly runs: readonly SpoolRun[] | null }) {
  const wording = useWording()
  const { t } = wording
  return (
    <Section title={t('emergency.runs')}>
      {runs === null ? <p className="hf-faint">{t('emergency.runsAway')}</p> : null}
      {runs?.length === 0 ? (
        <TeachingEmpty title={t('emergency.runsNone')} hint={t('emergency.runsNoneHint')} />
      ) : null}
      {runs !== null && runs.length > 0 ? <RunsTable runs={runs} wording={wording} /> : null}
    </Section>
  )
}

function RunsTable({ runs, wording }: { readonly runs: readonly SpoolRun[]; readonly wording: Wording }) {
  const { t, count } = wording
  return (
    <Table
      size="small"
      pagination={false}
      rowKey="id"
      dataSource={[...runs]}
      columns={[
        {
          title: t('emergency.run.startedAt'),
          dataIndex: 'startedAt',
          width: 130,
          render: (at: string) => <TimeText at={at} />,
        },
        {
          title: t('emergency.run.source'),
          dataIndex: 'source',
          render: (text: string) => <code>{text}</code>,
        },
        {
          title: '',
          key: 'figures',
          width: 420,
          render: (_: unknown, run: SpoolRun) => (
            <Figures
              items={[
                [t('emergency.outcome.accepted'), count(run.accepted), run.accepted > 0 ? 'good' : undefined],
                [t('emergency.outcome.duplicate'), count(run.duplicate)],
                [t('emergency.outcome.conflict'), count(run.conflict), run.conflict > 0 ? 'bad' : undefined],
                [t('emergency.outcome.rejected'), count(run.rejected)],
                [t('emergency.run.damaged'), count(run.damaged), run.damaged > 0 ? 'bad' : undefined],
              ]}
            />
          ),
        },
        {
          title: t('emergency.run.state'),
          key: 'state',
          width: 110,
          render: (_: unknown, run: SpoolRun) => (
            <Tag tone={run.finishedAt === null ? 'wait' : 'good'} dot>
              {t(run.finishedAt === null ? 'emergency.run.open' : 'emergency.run.done')}
            </Tag>
          ),
        },
      ]}
    />
  )
}

function mib(bytes: number): string {
  return bytes === 0 ? '0 MiB' : bytes < MIB / 10 ? '< 0.1 MiB' : `${(bytes / MIB).toFixed(1)} MiB`
}
