import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function NumberPoolsPage() {
  const { t } = useWording()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('numberPools.title')} lead={t('numberPools.lead')} />
    </div>
  )
}
