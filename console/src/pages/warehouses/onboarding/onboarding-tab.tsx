import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Skeleton, Steps } from 'antd'
import { useEffect, useState } from 'react'
import { type FeedSetup, feedQuery } from '#/api/warehouse-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { FeedList } from './feed-list.tsx'
import { CheckStep } from './step-check.tsx'
import { ListStep } from './step-list.tsx'
import { LiveStep } from './step-live.tsx'
import { MappingStep } from './step-mapping.tsx'
import { SourceStep } from './step-source.tsx'
import { TryStep } from './step-try.tsx'

const STEPS = ['list', 'source', 'check', 'mapping', 'dry_run', 'live'] as const
type Step = (typeof STEPS)[number]

/** From a list of warehouses to live figures; left at any step, it goes on from there. */
export function OnboardingTab() {
  const { open } = useSearch({ from: '/shell/warehouses' })
  const [isNew, setNew] = useState(false)
  if (open !== undefined) return <OpenFeed key={open} id={open} />
  return isNew ? <NewFeed onClose={() => setNew(false)} /> : <FeedList onNew={() => setNew(true)} />
}

function NewFeed({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate({ from: '/warehouses' })
  const [step, setStep] = useState<'list' | 'source'>('list')
  return (
    <Frame
      step={step}
      reached={1}
      onStep={(to) => setStep(to === 'list' ? 'list' : 'source')}
      onClose={onClose}
    >
      {step === 'list' ? <ListStep onNext={() => setStep('source')} /> : null}
      {step === 'source' ? (
        <SourceStep
          onBack={() => setStep('list')}
          onCreated={(id) => void navigate({ search: { tab: 'onboarding', open: id } })}
        />
      ) : null}
    </Frame>
  )
}

function OpenFeed({ id }: { readonly id: string }) {
  const navigate = useNavigate({ from: '/warehouses' })
  const feed = useQuery({ ...feedQuery(id), refetchInterval: 3_000 })
  const [step, setStep] = useState<Step | null>(null)
  const known = feed.data
  useEffect(() => {
    if (known && step === null) setStep(known.step)
  }, [known, step])
  const close = () => void navigate({ search: { tab: 'onboarding' } })
  if (feed.error) return <ProblemNotice error={feed.error} onRetry={() => void feed.refetch()} />
  if (!known || step === null) return <Skeleton active />
  const go = (to: Step) => setStep(to)
  return (
    <Frame step={step} feed={known} reached={STEPS.indexOf(known.step)} onStep={go} onClose={close}>
      {step === 'check' ? <CheckStep feed={known} onNext={() => go('mapping')} /> : null}
      {step === 'mapping' ? (
        <MappingStep feed={known} onBack={() => go('check')} onNext={() => go('dry_run')} />
      ) : null}
      {step === 'dry_run' ? (
        <TryStep feed={known} onBack={() => go('mapping')} onNext={() => go('live')} />
      ) : null}
      {step === 'live' ? <LiveStep feed={known} onBack={() => go('dry_run')} /> : null}
    </Frame>
  )
}

function Frame({
  step,
  reached,
  feed,
  onStep,
  onClose,
  children,
}: {
  readonly step: Step
  /** Index of the furthest step that may be gone to. */
  readonly reached: number
  readonly feed?: FeedSetup
  readonly onStep: (step: Step) => void
  readonly onClose: () => void
  readonly children: React.ReactNode
}) {
  const { t } = useWording()
  const now = STEPS.indexOf(step)
  const least = feed ? 2 : 0
  return (
    <section className="hf-wiz">
      <div className="hf-wiz-head">
        <Button type="link" size="small" onClick={onClose}>
          ← {t('warehouses.wiz.close')}
        </Button>
        {feed ? <b>{feed.name}</b> : null}
      </div>
      <Steps
        size="small"
        className="hf-steps-line"
        current={now}
        onChange={(index) => {
          const to = STEPS[index]
          if (to !== undefined) onStep(to)
        }}
        items={STEPS.map((name, index) => ({
          title: t(`warehouses.step.${name}`),
          disabled: index < least || index > Math.max(reached, now),
        }))}
      />
      <div className="hf-wiz-body">{children}</div>
    </section>
  )
}
