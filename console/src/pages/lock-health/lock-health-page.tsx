import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function LockHealthPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('lockHealth.title')} lead={t('lockHealth.lead')} />
    </div>
  )
}
