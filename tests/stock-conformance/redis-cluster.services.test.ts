import { redisCluster } from '#test-support/redis.ts'
import { conformance } from './suite.ts'

conformance('Redis in front, a Cluster', async () => {
  const cluster = await redisCluster()
  return { redisUrl: cluster.url, close: cluster.close }
})
