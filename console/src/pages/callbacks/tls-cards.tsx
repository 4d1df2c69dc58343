import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import type { TlsProbe } from '#/api/callback-types.ts'
import { get, write } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { dateTime } from '#/lib/time.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { Facts, Section } from '#/parts/small.tsx'
import { CodeTag, Tag } from '#/parts/tag.tsx'

type Probes = { readonly items: readonly TlsProbe[] }
const PROBES = '/api/tls-probe'

/** The certificates that platforms see when they call us. */
export function TlsCards({ publicUrl }: { readonly publicUrl: string | null }) {
  const { t } = useWording()
  const can = useCan()
  const client = useQueryClient()
  const fail = useProblemToast()
  const { data } = useQuery({
    queryKey: ['tls-probe'],
    queryFn: ({ signal }) => get<Probes>(PROBES, {}, signal),
    refetchInterval: 30_000,
  })
  const probe = useMutation({
    mutationFn: () => write<Probes>('POST', PROBES),
    onError: fail,
    onSuccess: (probes) => client.setQueryData(['tls-probe'], probes),
  })
  if (!data) return null
  return (
    <Section
      title={t('tls.title')}
      extra={
        can('connections:write') && data.items.length + (publicUrl === null ? 0 : 1) > 0 ? (
          <Button size="small" loading={probe.isPending} onClick={() => probe.mutate()}>
            {t('tls.probeNow')}
          </Button>
        ) : null
      }
    >
      {data.items.length === 0 ? (
        <p className="hf-faint">{t(publicUrl?.startsWith('https:') ? 'tls.notYet' : 'tls.none')}</p>
      ) : null}
      <div className="hf-tls-cards">
        {data.items.map((item) => (
          <TlsCard key={item.address} probe={item} />
        ))}
      </div>
    </Section>
  )
}

function TlsCard({ probe }: { readonly probe: TlsProbe }) {
  const { t, ago } = useWording()
  const { fault, daysLeft, unreachable, chainFault, names } = probe
  return (
    <article className="hf-tls-card">
      <header>
        <code>{probe.address}</code>
        {fault === null ? (
          <Tag tone="good" dot>
            {t('tls.good')}
          </Tag>
        ) : (
          <CodeTag family="tlsFault" code={fault} dot />
        )}
      </header>
      {unreachable === null ? (
        <Facts
          items={[
            [
              t('tls.daysLeft'),
              <b
                key="days"
                className={`hf-num ${fault === 'expiring' || fault === 'expired' ? 'hf-text-bad' : ''}`}
              >
                {daysLeft === null ? '–' : t('tls.days', { n: daysLeft })}
              </b>,
            ],
            [
              t('tls.until'),
              <span key="until" className="hf-num">
                {dateTime(probe.notAfter)}
              </span>,
            ],
            [t('tls.issuer'), probe.issuer ?? '–'],
            [
              t('tls.names'),
              <span key="names" title={names.join(', ')}>
                {names.slice(0, 3).join(', ') || '–'}
              </span>,
            ],
            [
              t('tls.chain'),
              chainFault === null ? (
                t('tls.chainGood', { n: probe.chainLength })
              ) : (
                <code key="chain">{chainFault}</code>
              ),
            ],
            [t('tls.protocol'), probe.protocol ?? '–'],
          ]}
        />
      ) : (
        <p>{unreachable}</p>
      )}
      <footer className="hf-faint">{t('tls.looked', { t: ago(probe.at) })}</footer>
    </article>
  )
}
