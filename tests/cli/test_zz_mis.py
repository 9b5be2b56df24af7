import os, shutil, json, sys
import pytest
from publication import make_publication
from signing_keys import keys
from small_project import call
from ctresearch.core.pseudonym import create_key

def test_x(tmp_path, monkeypatch, capsys, keys, publication):
    root=tmp_path/'p'; shutil.copytree(publication.study.parents[1], root); monkeypatch.chdir(root)
    study=root/'studies'/'demo'; rel=study/'releases'; z=rel/'demo-1.0.0.zip'
    assert z.exists()
    (tmp_path/'empty').write_bytes(b''); (tmp_path/'text').write_text('hello\n'); (tmp_path/'bin').write_bytes(os.urandom(5000))
    (tmp_path/'folder').mkdir(); os.mkfifo(tmp_path/'fifo'); (tmp_path/'loop').symlink_to(tmp_path/'loop')
    (tmp_path/'rsa').write_text(keys.ana.read_text()[:80]); 
    shutil.copy(keys.ana,tmp_path/'open'); os.chmod(tmp_path/'open',0o644)
    (tmp_path/'enc.pub').write_text('ssh-ed25519 AAAA broken\n')
    (tmp_path/'zip.zip').write_bytes(z.read_bytes()[:3000])
    (tmp_path/'huge').touch(); os.truncate(tmp_path/'huge', 10**10)
    (tmp_path/'other.withdrawn.json').write_text('[]'); (tmp_path/'o2.withdrawn.json').write_text('{"study":"demo","version":"9.0"}')
    T=str(tmp_path)
    A=str(keys.ana); P=A+'.pub'
    cases=[]
    for f in ('empty','text','bin','folder','loop','none','rsa','zip.zip','huge','other.withdrawn.json','o2.withdrawn.json','/dev/null','fifo'):
        p=f if f.startswith('/') else T+'/'+f
        if f!='fifo': cases.append(('sign',p,'--key',A)); cases.append(('deposit',p,'--to','zenodo'))
        else: cases.append(('FIFO','sign',p,'--key',A))
        if f not in('zip.zip','o2.withdrawn.json'): 
            if f not in ('fifo',): cases.append(('sign',str(z),'--key',p))
    cases += [('sign',str(z),'--key',T+'/open'),('sign',str(z),'--key',T+'/enc.pub'),('sign',str(z),'--key',P),('sign',str(z)),('sign',),('sign',str(z)+'.sha256','--key',A),
      ('sign',str(study),'--key',A),
      ('deposit',str(z)),('deposit',str(z),'--to','osf'),('deposit',str(z),'--to','zenodo','--doi','abc'),('deposit',str(z),'--to','zenodo','--out',T+'/text'),('deposit',str(z),'--to','zenodo','--out','/proc/x'),('deposit',str(z),'--to','zenodo','--doi','10.5281/zenodo.1'),
      ('key','rotate','--old',A,'--new',A),('key','rotate','--old',P,'--new',P),('key','rotate','--old',A,'--new',T+'/text'),('key','rotate','--old',T+'/folder','--new',P),('key','rotate','--old',A,'--new',T+'/huge'),('key','rotate','--old',A,'--new','/dev/zero'),
      ('key','rotate','--old',T+'/empty','--new',P),('key','revoke','x','--key',A),('key','revoke',keys.fingerprint('ana'),'--key',T+'/bin'),('key','revoke',keys.fingerprint('ana'),'--key',A,'--since','2026-02-30'),('key','revoke',keys.fingerprint('ana'),'--key',A,'--since','9999-01-01'),('key','revoke','','--key',A),('key',),('key','turn'),
      ('recall','demo','9.9','--reason','A person could be recognised'),('recall','nobody','1.0','--reason','A person could be recognised'),('recall','../demo','1.0','--reason','A person'),('recall','demo','..','--reason','A person'),('recall','demo','1.0.0'),('recall','demo','1.0.0','--reason','A person could be recognised','--key',T+'/folder'),('recall','demo','1.0.0','--reason','A person could be recognised','--key',T+'/text'),('recall','demo','1.0.0','--reason','A person could be recognised','--out',T+'/folder'),('recall','demo','1.0.0','--reason','A person could be recognised','--out',T+'/none'),('recall','demo','1.0.0','--reason','A person could be recognised','--out',T+'/text'),
      ('check','nobody'),('check',''),('check','../x'),('check','demo','--jobs','0'),('check','demo','--minutes','nan'),('check','demo','--minutes','0'),('check','demo','--badge',T+'/folder'),('check','demo','--badge',T+'/b.png'),('check','demo','--badge',T+'/none/b.svg'),('check','demo','--junit',T+'/folder'),('check','demo','--junit','/proc/x.xml'),('check','demo','--jsonl',T+'/folder'),('check','demo','--data','cases'),('check','demo','--data','x=/none'),('check','demo','--data','lists='+T+'/folder'),('check','demo','--data','lists='+T+'/none'),('check','--changed','nosuchrev'),('check','--changed','--help'),('check','demo','--cluster','nonsense'),('check','demo','--cluster','tcp://127.0.0.1:1'),('check','demo','--json','--markdown'),('check','demo','--alarm','loud'),('check','demo','demo'),
      ('verify',T+'/folder'),('verify',T+'/huge'),('verify',T+'/empty'),('verify',str(z),'--trust',T+'/folder'),('verify',str(z),'--trust',T+'/bin'),('verify',str(z),'--store',T+'/text'),('verify',str(z),'--key',T+'/folder'),('verify',str(z),'--expect','xyz'),
      ('withdraw','demo','1.0.0'),('withdraw','demo','9','--reason','x'),('withdraw','demo','1.0.0','--reason','x','--key',T+'/folder'),('bundle',T+'/folder'),('bundle',T+'/text'),
    ]
    out=open('/work/tmp/runs/mis/out.txt','w')
    import itertools
    for c in cases[30:]:
        if c[0]=='FIFO': continue
        before=sorted(str(p) for p in root.rglob('*') if 'runs' not in str(p))
        try:
            code,o,e=call(capsys,*c)
        except BaseException as err:
            code,o,e='EXC',repr(err),''
        after=sorted(str(p) for p in root.rglob('*') if 'runs' not in str(p))
        d=set(before)^set(after)
        print(code,[x.replace(T,'T') for x in c],'|| OUT',o[-300:].replace(T,'T').strip(),'|| ERR',e.replace(T,'T').strip()[-500:],'|| CHANGED' if d else '', [x.replace(T,'T') for x in d] if d else '', file=out, flush=True)
