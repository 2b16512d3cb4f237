import { Connection, requestOf, latencies } from './driver.ts';
import { MEASURED_CALL, openBench } from './targets.ts';

await using bench = await openBench();
for (const t of bench.targets) {
  using c = await Connection.open(t.port);
  const r = requestOf(t, MEASURED_CALL);
  const all: number[] = [];
  let stop = false; 
  const done = (async () => { for (let i=0;i<200 && !stop;i++){ const s=performance.now(); const a = await c.send(r); all.push(performance.now()-s); if(!a.includes('"result"')||a.includes('isError":true')) {console.log(i,a.slice(0,800));break;} } })();
  await Promise.race([done, new Promise(r=>setTimeout(r,6000))]); stop = true;
  all.sort((a,b)=>a-b);
  console.log(t.name, all.length, all[all.length>>1]?.toFixed(2), all[Math.floor(all.length*.99)]?.toFixed(2));
}
process.exit(0)
